/** The HTTP platforms of Nest that the demo runs on. */
export const PLATFORMS = ['fastify', 'express'] as const;

export type PlatformName = (typeof PLATFORMS)[number];
