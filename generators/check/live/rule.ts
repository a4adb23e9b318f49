import type { ComposeService } from '../../compose/model.ts';
import type { RuleText, Violation } from '../../rules/types.ts';
import { isOneShot, type ServiceView, violation } from '../../rules/view.ts';
import type { Container, LiveStack } from './facts.ts';

/** A rule about what runs, in the words of the rules about files. Its id begins with `live-`. */
export interface LiveRule extends RuleText {
  /** `deployed`: not asked of a stack that runs from files for development. */
  readonly scope?: 'deployed';
  readonly check: (stack: LiveStack) => readonly Violation[];
}

/** A container with its service, where the files still have one. */
export interface ContainerView {
  readonly stack: LiveStack;
  readonly container: Container;
  readonly view: ServiceView | undefined;
}

interface ContainerCheck extends RuleText {
  readonly scope?: 'deployed';
  /** The key of the service that it is about. */
  readonly at?: readonly string[];
  readonly check: (view: ContainerView) => string | readonly string[] | undefined;
}

/** A rule that looks at each container on its own; those of `docker compose run` are somebody's at work. */
export function containerRule({ at = [], check, ...text }: ContainerCheck): LiveRule {
  return {
    ...text,
    check: (stack) =>
      stack.containers
        .filter(({ isOneOff }) => !isOneOff)
        .flatMap((container) => {
          const view = viewOf(stack, container.service);
          const found = [check({ stack, container, view }) ?? []].flat();
          return found.map((message) => complaint(stack, container.service, at, withName(stack, container, message)));
        }),
  };
}

/** Of several containers of a service it must be said which one is meant. */
function withName({ containers }: LiveStack, { name, service }: Container, message: string): string {
  const isOne = containers.filter((one) => one.service === service && !one.isOneOff).length === 1;
  return isOne ? message : `${name}: ${message}`;
}

/** A violation of a service, at its place in the files if it has one. */
export function complaint(stack: LiveStack, service: string, at: readonly string[], message: string): Violation {
  const view = viewOf(stack, service);
  return view ? violation(view, at, message) : { message, service };
}

export function viewOf({ project, combination }: LiveStack, name: string): ServiceView | undefined {
  const service = combination?.model.services[name];
  return combination && service && { project, combination, model: combination.model, name, service };
}

/** All services of the files, or none where Compose refuses them. */
export function servicesOf({ combination }: LiveStack): readonly (readonly [string, ComposeService])[] {
  return Object.entries(combination?.model.services ?? {});
}

/** Whether it is meant to end by itself. Without a file, its restart policy says so. */
export function endsByItself({ view, container }: ContainerView): boolean {
  return view ? isOneShot(view) : container.restartPolicy === 'no';
}

/** `3 minutes`, `2 days`: how long something is ago or takes. */
export function readable(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} minutes`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} hours` : `${Math.floor(seconds / 86_400)} days`;
}
