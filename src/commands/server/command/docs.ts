// How COMMAND DOCS describes a declaration.

import { ascii, fromText } from '../../../bytes/bytes';
import { MapReply, type Reply, SetReply } from '../../../protocol/reply';
import { type AnyCommandSpec, isContainer } from '../../../spec/command';
import { type Argument, parseSyntax } from '../../../spec/syntax';
import { mapOf, statuses } from './info';

export function describeDocs(spec: AnyCommandSpec): Reply {
  const fields: Record<string, Reply> = {
    summary: fromText(spec.summary),
    since: ascii(spec.since),
    group: ascii(spec.group),
  };
  if (spec.complexity !== '') fields.complexity = fromText(spec.complexity);
  const marks = [...(spec.deprecated ? ['deprecated'] : []), ...(spec.debug || spec.internal ? ['syscmd'] : [])];
  if (marks.length > 0) fields.doc_flags = statuses(marks);
  if (spec.deprecated) {
    fields.deprecated_since = ascii(spec.deprecated.since);
    fields.replaced_by = fromText(spec.deprecated.replacedBy);
  }
  if (spec.history && spec.history.length > 0) {
    fields.history = new SetReply(spec.history.map(([version, change]) => [ascii(version), fromText(change)]));
  }
  const parsed = parseSyntax(spec.syntax);
  if (parsed.length > 0) fields.arguments = parsed.map((argument) => describeArgument(argument, (spec.keys?.length ?? 1) - 1));
  if (isContainer(spec)) {
    fields.subcommands = new MapReply(spec.subcommands.flatMap((subcommand) => [ascii(subcommand.name), describeDocs(subcommand)]));
  }
  return mapOf(fields);
}

/** @param lastKeySpec keys beyond the number of key specs are all found by the last one (LCS) */
function describeArgument(argument: Argument, lastKeySpec: number): Reply {
  const fields: Record<string, Reply> = { name: ascii(argument.name), type: ascii(argument.type) };
  if (argument.keySpecIndex !== undefined) fields.key_spec_index = Math.min(argument.keySpecIndex, lastKeySpec);
  if (argument.token !== undefined) fields.token = ascii(argument.token);
  const flags: string[] = [];
  if (argument.optional) flags.push('optional');
  if (argument.multiple) flags.push('multiple');
  if (argument.multipleToken) flags.push('multiple_token');
  if (flags.length > 0) fields.flags = statuses(flags);
  if (argument.type === 'oneof' || argument.type === 'block')
    fields.arguments = argument.arguments.map((inner) => describeArgument(inner, lastKeySpec));
  return mapOf(fields);
}
