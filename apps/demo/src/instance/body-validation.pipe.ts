import { BadRequestException, Injectable, type Type, ValidationPipe } from '@nestjs/common';

/**
 * Nest's ValidationPipe for bodies that are data. Only the top level is looked at and must be of the stated form; below it
 * nothing is copied, changed or removed, where Nest's pipe would drop `__proto__` and `constructor` at every depth.
 */
@Injectable()
export class BodyValidationPipe extends ValidationPipe {
  constructor() {
    super({ transform: true, transformerPackage: { plainToInstance, classToPlain } });
  }

  protected override stripProtoKeys(): void {}

  protected override closeArrayGaps(): void {}
}

/** The body as an instance of its class. A class declares all its fields, so that its instances have them from the start. */
function plainToInstance<T>(form: Type<T>, body: unknown): T {
  const instance = new form();
  const stated = Object.keys(Object(instance));
  for (const name of Object.keys(Object(body))) {
    if (!stated.includes(name)) throw new BadRequestException(`${name} is not expected in the body`);
  }
  return Object.assign(Object(instance), body);
}

function classToPlain(instance: unknown): Record<string, unknown> {
  return { ...Object(instance) };
}
