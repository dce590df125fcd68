/** What jsdom (26) does not have of a browser, for the tests that ask for jsdom. */

/** Elements that somebody has scrolled to, as the tests say. */
export class FakeIntersectionObserver {
  static made: FakeIntersectionObserver[] = [];

  constructor(private readonly _tell: (entries: { isIntersecting: boolean }[]) => void) {
    FakeIntersectionObserver.made.push(this);
  }

  observe(): void {
    // Nothing is near before a test says so.
  }

  unobserve(): void {
    // As above.
  }

  disconnect(): void {
    // As above.
  }

  come(): void {
    this._tell([{ isIntersecting: true }]);
  }
}

if (typeof window !== 'undefined') {
  window.IntersectionObserver = FakeIntersectionObserver as never;
  // Lumino (2) extends it.
  window.DragEvent = class extends MouseEvent {} as never;
  Element.prototype.scrollIntoView = (): void => undefined;
}
