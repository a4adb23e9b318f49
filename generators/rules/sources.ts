/** Where the reasons of the rules are documented. */

export const composeSpec = (page: string): string => `https://github.com/compose-spec/compose-spec/blob/main/${page}`;

export const dockerDocs = (page: string): string => `https://docs.docker.com/${page}`;

export const github = (path: string): string => `https://github.com/${path}`;
