import type { DefinitionIssue } from './definition-error.ts';

/**
 * `kubeos.yaml:12:5 units.enabel: unknown key "enabel"; expected one of …; did you mean "enable"?`
 * and the line itself with the fault marked.
 */
export function renderIssue(issue: DefinitionIssue): string {
  const isOverride = issue.file.startsWith('--set ');
  const place = isOverride ? issue.file : `${issue.file}:${issue.line}:${issue.column}`;
  const head = issue.path === '' ? `${place}:` : `${place} ${issue.path}:`;
  const excerpt = isOverride ? [] : excerptOf(issue);
  return [`${head} ${sentence(issue)}`, ...excerpt].map(withoutControls).join('\n');
}

function sentence(issue: DefinitionIssue): string {
  return [
    issue.message,
    issue.found === undefined || issue.message.includes(issue.found)
      ? undefined
      : `found ${issue.found}`,
    issue.expected === undefined ? undefined : `expected ${issue.expected}`,
    issue.suggestion,
  ]
    .filter((part) => part !== undefined)
    .join('; ');
}

function excerptOf(issue: DefinitionIssue): string[] {
  if (issue.excerpt === undefined || issue.excerpt.text.trim() === '') return [];
  const number = String(issue.line).padStart(5);
  const { text, length } = issue.excerpt;
  const before = text.slice(0, issue.column - 1).replaceAll(/[^\t]/g, ' ');
  const room = Math.max(1, text.length - issue.column + 1);
  return [
    `${number} | ${text}`,
    `      | ${before}${'^'.repeat(Math.max(1, Math.min(length, room)))}`,
  ];
}

/** A definition may hold escape sequences, which a terminal would obey. */
function withoutControls(line: string): string {
  return line.replaceAll(/[^\P{Cc}\t]/gu, '\u{fffd}');
}
