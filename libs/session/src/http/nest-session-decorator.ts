import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

const scanner = new MetadataScanner();

/** The handlers, as `Controller.method`, that use Nest's own `@Session()`: the same name from another import. */
export function handlersWithNestSession(modules: ModulesContainer): string[] {
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    return scanner
      .getAllMethodNames(metatype.prototype as object)
      .filter((method) => takesNestSession(metatype, method))
      .map((method) => `${metatype.name}.${method}`);
  });
}

function takesNestSession(controller: object, method: string): boolean {
  const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Record<string, unknown>;
  return Object.keys(parameters).some((key) => key.split(':')[0] === String(RouteParamtypes.SESSION));
}
