/** The builder hands out pictures as text, to be put into the page. */
declare module '*.svg' {
  const svg: string;
  export default svg;
}
