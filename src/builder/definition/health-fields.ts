import { z } from 'zod';
import { text, unitName } from './fields.ts';

const seconds = z.int({ error: 'a whole number of seconds, 1 to 86400' }).min(1).max(86_400);

const checkName = text(
  /^[A-Za-z0-9_.-]{1,64}$/,
  'the name of a check: letters, digits, "_", "." and "-"',
);

const healthCheck = z
  .strictObject({
    name: checkName,
    command: z
      .tuple([text(/^\/[^\0\n]+$/, 'the absolute path of a program')], text(/^[^\0]*$/, 'text'))
      .optional()
      .describe('A program with its arguments; well when it ends with 0'),
    http: text(/^http:\/\/[^\s/@]+(\/\S*)?$/, 'an address that begins with http://')
      .optional()
      .describe('An address on the node; well when it answers with a 2xx'),
    required: z.boolean().default(true).describe('Whether a failure decides, or only tells'),
  })
  .superRefine((entry, context) => {
    if ((entry.command === undefined) !== (entry.http === undefined)) return;
    const found = entry.command === undefined ? 'none of them' : 'both';
    context.addIssue({
      code: 'custom',
      message: `a check needs either command or http; found ${found}`,
    });
  });

export const health = z.strictObject({
  readySeconds: seconds
    .default(300)
    .describe('So long after its start a node on trial may take until its agent runs'),
  stableSeconds: seconds.default(10).describe('So long a node on trial has to be healthy'),
  deadlineSeconds: seconds.default(600).describe('After so long a node on trial is given up'),
  checkSeconds: z
    .int({ error: 'a whole number of seconds, 1 to 60' })
    .min(1)
    .max(60)
    .default(30)
    .describe('A check that takes longer has failed'),
  units: z
    .union([z.literal('all'), z.array(unitName).min(1)])
    .default('all')
    .describe('Units that have to be well; all: none may have failed'),
  checks: z.array(healthCheck).default([]).describe('What else is checked on a trial'),
  advisory: z.array(checkName).default([]).describe('Names of checks that only tell'),
  nodeChecks: z
    .enum(['none', 'advisory', 'required'])
    .default('none')
    .describe("What a node's own scripts in /etc/kubeos/health.d decide"),
});

export const watchdog = z.strictObject({
  seconds: z
    .int({ error: 'a whole number of seconds, 10 to 300' })
    .min(10)
    .max(300)
    .default(60)
    .describe('A kernel or systemd that does nothing for so long starts again'),
  when: z
    .enum(['trial', 'always', 'never'])
    .default('trial')
    .describe('Whether releases on trial, all or none are watched'),
});
