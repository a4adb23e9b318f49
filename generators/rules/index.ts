import { noAddForCopy } from './dockerfiles/add.ts';
import { aptClean } from './dockerfiles/apt.ts';
import { noMissingCorepack } from './dockerfiles/corepack.ts';
import { execForm } from './dockerfiles/exec-form.ts';
import { builtinFrontend } from './dockerfiles/frontend.ts';
import { cacheMount, depsBeforeSources, frozenLockfile } from './dockerfiles/installs.ts';
import { noOpcacheInstall } from './dockerfiles/opcache.ts';
import { pinnedBase } from './dockerfiles/pinned-base.ts';
import { noPipeToShell } from './dockerfiles/pipe-to-shell.ts';
import { runPipefail } from './dockerfiles/pipefail.ts';
import { noSecretInImage } from './dockerfiles/secrets.ts';
import { multiStage, stageNames } from './dockerfiles/stages.ts';
import { noSyntaxLine } from './dockerfiles/syntax-line.ts';
import { imageNonRoot, imageUserFixed } from './dockerfiles/user.ts';
import { combinationsValid, composeFileUsed, composePortable } from './files/combinations.ts';
import { composeMinimum } from './files/compose-minimum.ts';
import { dockerignoreBulk, dockerignoreCovers, dockerignorePresent } from './files/dockerignore.ts';
import { scriptDownProfiles, scriptDownVolumes } from './files/down.ts';
import { envDeclared, envDocumented, envNotCommitted, envNoWorkingSecret, envUsed } from './files/env.ts';
import { literalSecret } from './files/literal-secret.ts';
import { noDefaultSecret, requiredVariables } from './files/required-variables.ts';
import { scriptExecutable, scriptLineEnds, scriptShebang, scriptStrict } from './files/scripts.ts';
import { noVersionKey } from './files/version-key.ts';
import { repairs } from './repairs/index.ts';
import { capDropAll, capDropStarts } from './services/capabilities.ts';
import { certificatesKept } from './services/certificates-kept.ts';
import { cloudflaredMetrics, cloudflaredRuns } from './services/cloudflared.ts';
import { noUnconfined } from './services/confinement.ts';
import { noContainerName } from './services/container-name.ts';
import { dataNetworkInternal } from './services/data-network.ts';
import { dataVolumeExternal, dataVolumePresent } from './services/data-volume.ts';
import { dataVolumeOneWriter } from './services/data-volume-one-writer.ts';
import { asyncpgSslmode, tlsVerified } from './services/database-url.ts';
import { noDeadImage } from './services/dead-image.ts';
import { dependsOnConditions } from './services/depends-on.ts';
import { dependsOnProfile } from './services/depends-on-profile.ts';
import { healthcheckDollar } from './services/healthcheck-dollar.ts';
import { healthcheckLoopback } from './services/healthcheck-loopback.ts';
import { healthcheckPresent } from './services/healthcheck-present.ts';
import { healthcheckStartPeriod } from './services/healthcheck-start-period.ts';
import { healthcheckTool } from './services/healthcheck-tool.ts';
import { noDockerSocket, noHostNamespaces, noPrivileged } from './services/host-access.ts';
import { hostGateway } from './services/host-gateway.ts';
import { noHostMounts } from './services/host-mounts.ts';
import { limitsCpu, limitsMemory, limitsPids, memoryReservation } from './services/limits.ts';
import { limitsFitHost } from './services/limits-fit-host.ts';
import { limitsInOnePlace } from './services/limits-in-one-place.ts';
import { noLokiDriver } from './services/log-driver.ts';
import { logRotation } from './services/log-rotation.ts';
import { mosquittoClosed } from './services/mosquitto.ts';
import { dataNetworkUsers, edgeOffDataNetwork, portsOnInternal } from './services/networks.ts';
import { nginxBodySize } from './services/nginx-body-size.ts';
import { noDevelopment } from './services/no-development.ts';
import { noNewPrivileges } from './services/no-new-privileges.ts';
import { noSourceMounts } from './services/no-source-mounts.ts';
import { nonRoot } from './services/non-root.ts';
import { oneShotDependedOn, oneShotNotRestarted } from './services/one-shot.ts';
import { pgbouncerScram } from './services/pgbouncer.ts';
import { phpStopSignal } from './services/php-stop-signal.ts';
import { init, signalsArrive } from './services/pid1.ts';
import { noLatestImage } from './services/pinned-image.ts';
import { dataPortClosed, portsLoopback } from './services/ports-loopback.ts';
import { portsOnce } from './services/ports-once.ts';
import { postgresMountPath, postgresOsPinned } from './services/postgres-image.ts';
import { postgresReadinessTcp } from './services/postgres-readiness-tcp.ts';
import { postgresNoTrust, postgresShm } from './services/postgres-runtime.ts';
import { readOnlyFileSecrets, readOnlyRoot } from './services/read-only.ts';
import { readOnlyPaths } from './services/read-only-paths.ts';
import { redisPassword } from './services/redis-password.ts';
import { redisQueueKeeps } from './services/redis-queue.ts';
import { registryImageNotBuilt } from './services/registry-image.ts';
import { reservationBelowLimit } from './services/reservation.ts';
import { restartPolicyOnce, restartSet } from './services/restart.ts';
import { secretFromFile, secretOnce } from './services/secret-files.ts';
import { stopGrace } from './services/stop-grace.ts';
import { stopGraceCoversJob } from './services/stop-grace-job.ts';
import { swarmOnlyKeys } from './services/swarm-only-keys.ts';
import { traefikApiClosed, traefikDockerApi, traefikOptIn } from './services/traefik.ts';
import { tailscaleAuthOnce, tailscaleStateKept, tunnelOnlyWayIn, tunnelTokenHidden } from './services/tunnels.ts';
import type { Finding, Project, Rule, Severity } from './types.ts';

/** Every rule, in the order in which `list rules` shows them. */
export const rules: readonly Rule[] = [
  combinationsValid,
  composePortable,
  composeFileUsed,
  noVersionKey,
  composeMinimum,
  noContainerName,

  noLatestImage,
  noDeadImage,
  postgresOsPinned,
  registryImageNotBuilt,

  literalSecret,
  requiredVariables,
  noDefaultSecret,
  readOnlyFileSecrets,
  redisPassword,
  postgresNoTrust,
  pgbouncerScram,
  mosquittoClosed,
  secretFromFile,
  secretOnce,
  tlsVerified,
  asyncpgSslmode,

  limitsCpu,
  limitsMemory,
  limitsPids,
  memoryReservation,
  limitsInOnePlace,
  reservationBelowLimit,
  limitsFitHost,
  swarmOnlyKeys,
  logRotation,
  noLokiDriver,

  restartSet,
  restartPolicyOnce,
  oneShotDependedOn,
  oneShotNotRestarted,
  dependsOnConditions,
  dependsOnProfile,
  init,
  signalsArrive,
  stopGrace,
  stopGraceCoversJob,
  phpStopSignal,

  healthcheckPresent,
  healthcheckLoopback,
  healthcheckTool,
  healthcheckStartPeriod,
  healthcheckDollar,
  postgresReadinessTcp,

  nonRoot,
  noNewPrivileges,
  capDropAll,
  capDropStarts,
  readOnlyRoot,
  readOnlyPaths,
  noPrivileged,
  noHostNamespaces,
  noDockerSocket,
  noHostMounts,
  noUnconfined,

  dataPortClosed,
  portsLoopback,
  portsOnce,
  portsOnInternal,
  hostGateway,
  dataNetworkInternal,
  dataNetworkUsers,
  edgeOffDataNetwork,
  cloudflaredRuns,
  cloudflaredMetrics,
  tunnelTokenHidden,
  tunnelOnlyWayIn,
  tailscaleAuthOnce,
  tailscaleStateKept,
  traefikOptIn,
  traefikApiClosed,
  traefikDockerApi,
  certificatesKept,
  nginxBodySize,
  dataVolumePresent,
  dataVolumeExternal,
  dataVolumeOneWriter,
  postgresMountPath,
  postgresShm,
  redisQueueKeeps,
  noSourceMounts,
  noDevelopment,

  multiStage,
  stageNames,
  pinnedBase,
  imageNonRoot,
  imageUserFixed,
  execForm,
  noSecretInImage,
  noSyntaxLine,
  builtinFrontend,
  depsBeforeSources,
  frozenLockfile,
  cacheMount,
  noMissingCorepack,
  noOpcacheInstall,
  aptClean,
  noAddForCopy,
  noPipeToShell,
  runPipefail,
  dockerignorePresent,
  dockerignoreCovers,
  dockerignoreBulk,

  envDeclared,
  envDocumented,
  envUsed,
  envNoWorkingSecret,
  envNotCommitted,

  scriptShebang,
  scriptStrict,
  scriptExecutable,
  scriptLineEnds,
  scriptDownProfiles,
  scriptDownVolumes,
].map(withRepair);

function withRepair(rule: Rule): Rule {
  const repair = repairs[rule.id];
  return repair ? { ...rule, repair } : rule;
}

/**
 * Applies all rules, or those of `asked`, to a project or to several of one repo. Worst first, then by place; what is
 * wrong in several combinations or projects is said once.
 */
export function runRules(projects: Project | readonly Project[], asked?: ReadonlySet<string>): Finding[] {
  const findings = new Map<string, Finding>();
  for (const project of [projects].flat()) {
    for (const { id, severity, check } of rules) {
      if (asked && !asked.has(id)) continue;
      for (const { combination, ...place } of check(project)) {
        const key = JSON.stringify([id, place.file, place.line, place.service, place.message]);
        const known = findings.get(key)?.combinations ?? [];
        const isNew = combination !== undefined && !known.includes(combination);
        findings.set(key, { rule: id, severity, ...place, combinations: isNew ? [...known, combination] : known });
      }
    }
  }
  return sortFindings([...findings.values()]);
}

/** Worst first, then by place. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(byUrgency);
}

const urgency: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** The worst first, then by place. */
export function byUrgency(a: Finding, b: Finding): number {
  return (
    urgency[a.severity] - urgency[b.severity] ||
    compare(a.file, b.file) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    compare(a.service, b.service) ||
    compare(a.rule, b.rule) ||
    compare(a.message, b.message)
  );
}

/** By code point, so that no locale changes the order. */
function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
