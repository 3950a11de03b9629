/** For how long a site may join by a token. */
export const tokenMs = 24 * 60 * 60 * 1000
