import type { NextFunction, Request, Response } from 'express';
import { BadRequestException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { readJsonBody } from '../json-body.js';
import type { CreateApplication } from './create-application.js';

const BODILESS: readonly string[] = ['GET', 'HEAD'];

/** A Nest application on Express, with Fastify's strictness about paths that cannot be decoded. */
export const createExpressApplication: CreateApplication = async (module, options) => {
  const adapter = new ExpressAdapter();
  const app = await NestFactory.create<NestExpressApplication>(module, adapter, { ...options, bodyParser: false });
  app.set('trust proxy', 'loopback');
  app.disable('x-powered-by');
  app.use(async (request: Request, _response: Response, next: NextFunction) => {
    assertDecodable(request.path);
    if (!BODILESS.includes(request.method)) request.body = await readJsonBody(request);
    next();
  });
  return app;
};

function assertDecodable(path: string): void {
  try {
    decodeURIComponent(path);
  } catch {
    throw new BadRequestException('The path cannot be decoded');
  }
}
