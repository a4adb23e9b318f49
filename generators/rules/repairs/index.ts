/** What can be put right without asking, by the id of the rule that finds it. */
import * as dockerfiles from './dockerfiles.ts';
import * as files from './files.ts';
import * as services from './services.ts';
import type { Repairer } from './types.ts';

export const repairs: Readonly<Record<string, Repairer>> = {
  'no-version-key': files.noVersionKey,
  'required-variables': files.requiredVariables,

  'limits-in-one-place': services.limitsInOnePlace,
  'log-rotation': services.logRotation,
  'restart-set': services.restartSet,
  'restart-policy-once': services.restartPolicyOnce,
  'one-shot-not-restarted': services.oneShotNotRestarted,
  'depends-on-conditions': services.dependsOnConditions,
  init: services.init,
  'stop-grace-covers-job': services.stopGraceCoversJob,
  'php-stop-signal': services.phpStopSignal,
  'healthcheck-loopback': services.healthcheckLoopback,
  'healthcheck-start-period': services.healthcheckStartPeriod,
  'healthcheck-dollar': services.healthcheckDollarTwice,
  'postgres-readiness-tcp': services.postgresReadinessTcp,
  'no-new-privileges': services.noNewPrivileges,
  'cap-drop-starts': services.capDropStarts,
  'read-only-paths': services.readOnlyPaths,
  'host-gateway': services.hostGateway,
  'tailscale-auth-once': services.tailscaleAuthOnce,
  'postgres-shm': services.postgresShm,

  'exec-form': dockerfiles.execForm,
  'no-syntax-line': dockerfiles.noSyntaxLine,
  'no-opcache-install': dockerfiles.noOpcacheInstall,
  'apt-clean': dockerfiles.aptClean,
  'no-add-for-copy': dockerfiles.noAddForCopy,

  'dockerignore-present': files.dockerignorePresent,
  'dockerignore-covers': files.dockerignoreCovers,
  'dockerignore-bulk': files.dockerignoreCovers,
  'env-declared': files.envDeclared,
  'env-documented': files.envDocumented,
  'script-executable': files.scriptExecutable,
  'script-line-ends': files.scriptLineEnds,
};
