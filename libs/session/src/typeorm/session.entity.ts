import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * The table of the sessions, for `entities` of the application's own `DataSource`, so that TypeORM knows it and leaves it as it is.
 * Another name than `sessions`: decorate a subclass with `@Entity('shop_sessions')` and list that one. For looking at sessions; to change
 * one, use the repository, since TypeORM's `save()` would bring back what was destroyed.
 *
 * No column depends on the character set or collation of the database: ids, principals and payloads are bytes, so case and
 * trailing spaces count. Times are milliseconds since 1970 by the clock of the server.
 */
@Entity('sessions')
export class SessionEntity {
  /** SHA-256 of the session's id. A few ids that no session can have hold what the instances agree on. */
  @PrimaryColumn({ type: 'binary', length: 32 })
  id!: Buffer;

  /** Of the row; a greater one than 1 was written by a later version of this library and is left alone. */
  @Column({ type: 'tinyint', unsigned: true })
  format!: number;

  @Column({ type: 'bigint', unsigned: true })
  version!: string;

  @Column({ name: 'write_id', type: 'varbinary', length: 64 })
  writeId!: Buffer;

  @Column({ name: 'created_at', type: 'bigint' })
  createdAt!: string;

  /** 0 before a login. */
  @Column({ name: 'authenticated_at', type: 'bigint' })
  authenticatedAt!: string;

  @Index('sessions_expires_at')
  @Column({ name: 'expires_at', type: 'bigint' })
  expiresAt!: string;

  @Column({ name: 'ends_at', type: 'bigint' })
  endsAt!: string;

  /** In UTF-8, 255 characters of up to four bytes; empty before a login. */
  @Index('sessions_principal')
  @Column({ type: 'varbinary', length: 1020 })
  principal!: Buffer;

  /** In UTF-8, 16 MiB at most. */
  @Column({ type: 'mediumblob' })
  payload!: Buffer;
}
