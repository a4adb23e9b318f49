import { describe, expect, it } from 'vitest';
import { layered } from '../../../generators/compose/layers.ts';

describe('compose files laid over each other', () => {
  it('merge maps, append lists, and keep what is not mentioned', () => {
    expect(layered(['a: {x: 1, y: [1]}\nb: 1', 'a: {y: [2], z: 3}'])).toEqual({ a: { x: 1, y: [1, 2], z: 3 }, b: 1 });
  });

  it('take away what is tagged !reset, and replace what is tagged !override', () => {
    const below = 'a: {x: 1, y: [1]}\nb: {c: 1}\nd: [1]';
    expect(layered([below, 'a: {x: !reset null, y: !override [2]}\nb: !override {e: 2}\nd: !reset []'])).toEqual({
      a: { y: [2] },
      b: { e: 2 },
    });
    expect(layered([below, 'b: !override {c: !reset null, e: {f: !override [1]}}'])).toMatchObject({
      b: { e: { f: [1] } },
    });
  });
});
