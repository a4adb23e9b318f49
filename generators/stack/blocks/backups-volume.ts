/** The volume of local backups, and where it is in containers. */
export const backups = { volume: 'backups', target: '/backups' } as const;
