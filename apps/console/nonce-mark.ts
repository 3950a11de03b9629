/** Stands in the built index.html where the platform puts the nonce of each answer. */
export const nonceMark = '{{bootcast-nonce}}'
