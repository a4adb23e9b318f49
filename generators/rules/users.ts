/** Whether `0`, `root`, `0:0` ... is meant. */
export function isRootUser(user: string): boolean {
  return /^(?:root|0+)(?::|$)/.test(user.trim());
}
