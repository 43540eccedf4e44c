import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Header, NotFoundException, Param, StreamableFile, type OnModuleInit } from '@nestjs/common';

const FOLDER = new URL('../page/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page: its files, in folders one deep, kept in memory, that need nothing from elsewhere. Nothing else is ever read. */
@Controller()
export class PageController implements OnModuleInit {
  private readonly files = new Map<string, Buffer>();

  async onModuleInit(): Promise<void> {
    const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      this.files.set(relative(fileURLToPath(FOLDER), path).replaceAll(sep, '/'), await readFile(path));
    }
  }

  @Get()
  @Header('Content-Security-Policy', "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
  @Header('Cache-Control', 'no-cache')
  index(): StreamableFile {
    return this.file('index.html');
  }

  @Get('page/:name')
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  asset(@Param('name') name: string): StreamableFile {
    return this.file(name);
  }

  @Get('page/:folder/:name')
  @Header('Cache-Control', 'no-cache')
  @Header('X-Content-Type-Options', 'nosniff')
  assetInFolder(@Param('folder') folder: string, @Param('name') name: string): StreamableFile {
    return this.file(`${folder}/${name}`);
  }

  private file(name: string): StreamableFile {
    const content = this.files.get(name);
    if (content === undefined) throw new NotFoundException(`There is no ${name} in the page`);
    return new StreamableFile(content, { type: TYPES[extname(name)] ?? 'application/octet-stream' });
  }
}
