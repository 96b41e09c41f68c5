import { INSTEAD, isForbidden } from '../../../configuration/forbidden-settings.ts';
import { KEY_FORMS, keyParts } from '../../../configuration/key-parts.ts';
import { CONFIGURATION_MODELS, type ConfigurationModel } from '../../../configuration/models.ts';
import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';

/** The policy for what may be set on a running node. */
export function checkConfiguration({ configuration }: CheckableDefinition): DefinitionFault[] {
  return Object.entries(configuration).flatMap(([model, policy]) =>
    (policy?.allow ?? []).flatMap((allowance, index) => {
      const path = ['configuration', model, 'allow', index];
      return [
        ...(isModel(model) ? keyFaults(model, path, allowance.key) : []),
        ...patternFaults([...path, 'value'], allowance.value),
      ];
    }),
  );
}

function isModel(name: string): name is ConfigurationModel {
  return CONFIGURATION_MODELS.some((model) => model === name);
}

type Path = DefinitionFault['path'];

function keyFaults(model: ConfigurationModel, path: Path, key: string): DefinitionFault[] {
  if (keyParts(model, key) === null) {
    const message = `${quoted(key)} is no key of ${model}`;
    return [{ path: [...path, 'key'], message, suggestion: KEY_FORMS[model] }];
  }
  if (!isForbidden(model, key)) return [];
  return [
    {
      path: [...path, 'key'],
      message: `no policy may allow ${quoted(key)}: who sets it becomes root on the node`,
      suggestion: INSTEAD[model],
    },
  ];
}

function patternFaults(path: Path, value: string): DefinitionFault[] {
  try {
    RegExp(`^(?:${value})$`, 'u');
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message.replace(/^.*\/u?: /, '').toLowerCase();
    const message = `${quoted(value)} is not a regular expression: ${reason}`;
    return [{ path, message, suggestion: 'write a literal ( or [ as \\( or \\[' }];
  }
}
