/** Injection token: the name of this instance, A to Z. */
export const INSTANCE_NAME = Symbol('INSTANCE_NAME');
