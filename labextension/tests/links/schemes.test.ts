import type { IRenderMime } from '@jupyterlab/rendermime';
import { allowScheme } from '../../src/links/schemes';

/** Knows schemes as JupyterLab's own sanitizer does: told as a list, and told nobody. */
class FakeSanitizer implements IRenderMime.ISanitizer {
  allowed: string[] = [];

  setAllowedSchemes(schemes: string[]): void {
    this.allowed = [...schemes];
  }

  sanitize(dirty: string): string {
    return dirty;
  }
}

test('what the user allows is kept, and ours is added', () => {
  const sanitizer = new FakeSanitizer();
  expect(allowScheme(sanitizer, 'presign', ['https', 'vscode'])).toBe(true);
  expect(sanitizer.allowed).toEqual(['https', 'vscode', 'presign']);
});

test('it survives whatever the sanitizer is told later', () => {
  const sanitizer = new FakeSanitizer();
  allowScheme(sanitizer, 'presign');
  sanitizer.setAllowedSchemes(['https']);
  expect(sanitizer.allowed).toEqual(['https', 'presign']);
  sanitizer.setAllowedSchemes(['presign', 'mailto']);
  expect(sanitizer.allowed).toEqual(['presign', 'mailto']);
});

test('nothing is changed for the caller', () => {
  const schemes = ['https'];
  const sanitizer = new FakeSanitizer();
  allowScheme(sanitizer, 'presign', schemes);
  sanitizer.setAllowedSchemes(schemes);
  expect(schemes).toEqual(['https']);
});

test('a sanitizer without schemes is left alone', () => {
  expect(allowScheme({ sanitize: dirty => dirty }, 'presign')).toBe(false);
});
