/** Whether an IMAGE is a URL; everything else is a path. */
export function isUrl(image: string): boolean {
  return /^https?:\/\//i.test(image);
}
