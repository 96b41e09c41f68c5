/** What of /etc lasts on a node of this image (contract section 1). */
export interface EtcRule {
  readonly mode: 'named' | 'mutable';
  /** Items below /etc, where `*` stands for any run of characters but "/". */
  readonly items: readonly string[];
}

/**
 * Which of these files a node may have of its own: there its copy stays, and hides what the image brings.
 *
 * @param paths absolute paths
 */
export function keptByNodes(paths: readonly string[], rule: EtcRule): readonly string[] {
  const inEtc = paths.filter((path) => path.startsWith('/etc/'));
  if (rule.mode === 'mutable') return inEtc;
  const patterns = rule.items.map(patternOf);
  return inEtc.filter((path) => patterns.some((pattern) => pattern.test(path)));
}

/** An item is a file, or a folder with all below it. */
function patternOf(item: string): RegExp {
  const literal = item.split('*').map((part) => RegExp.escape(part));
  return new RegExp(`^/etc/${literal.join('[^/]*')}(?:/|$)`);
}
