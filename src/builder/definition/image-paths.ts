/** Whether an absolute path is the directory itself or below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** The first of the directories that holds the path. */
export function holderOf(path: string, directories: readonly string[]): string | undefined {
  return directories.find((directory) => isWithin(path, directory));
}
