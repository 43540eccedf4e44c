/** What `installServer` needs to know about the browser of the tests. */
export const CHROMIUM = { binary: 'chromium', aptPackage: 'chromium' };
