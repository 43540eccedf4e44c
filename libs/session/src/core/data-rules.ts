import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import type { DataRules } from './payload-codec.js';

/** The class-validator rules of a data class as a function that names the properties which break them, as `basket.0.sku`. */
export function rulesOf(dataClass: new () => object): DataRules {
  return (data) =>
    validateSync(plainToInstance(dataClass, data), { forbidUnknownValues: false }).flatMap((error) => paths(error, ''));
}

function paths(error: ValidationError, prefix: string): string[] {
  const path = prefix + error.property;
  const nested = (error.children ?? []).flatMap((child) => paths(child, `${path}.`));
  return error.constraints === undefined ? nested : [path, ...nested];
}
