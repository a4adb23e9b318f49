/** A path of a report, seen from the folder that contains the one that was checked: `.` or `deploy`. */
export function inFolder(folder: string, file: string): string {
  return folder === '.' ? file : `${folder}/${file}`;
}
