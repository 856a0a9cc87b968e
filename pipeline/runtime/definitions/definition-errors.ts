import { HaidangError } from '../../errors.ts';

/** Definitions would give other values under a version that has values already. */
export class VersionNeededError extends HaidangError {
  readonly code = 'VERSION_NEEDED';
  readonly disposition = 'quarantine';
}

/** No definition that runs has this id. */
export class DefinitionUnknownError extends HaidangError {
  readonly code = 'DEFINITION_UNKNOWN';
  readonly disposition = 'quarantine';
}

/** Definitions are being changed by another request, or shards still restore their state. */
export class DefinitionsBusyError extends HaidangError {
  readonly code = 'DEFINITIONS_BUSY';
  readonly disposition = 'retry';
}
