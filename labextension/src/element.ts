/** Make an element with a class of ours and what is in it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

/** Make a button; `look` is one of JupyterLab's classes, such as `jp-mod-accept`. */
export function button(label: string, look: string, press: () => void): HTMLButtonElement {
  const made = element('button', `jp-PresignAct jp-mod-styled ${look}`, label);
  made.type = 'button';
  made.addEventListener('click', press);
  return made;
}
