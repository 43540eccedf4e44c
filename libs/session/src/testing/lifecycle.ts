/** Nest's lifecycle methods, as far as a repository may have them. */
export interface Lifecycle {
  onModuleInit?(): unknown;
  onApplicationShutdown?(): unknown;
}
