import { expect, test } from 'vitest';
import { type Argument, parseSyntax, readableSyntax } from '../../../src/spec/syntax';

/** A compact picture of a parsed syntax. */
function picture(args: readonly Argument[]): string {
  return args
    .map((argument) => {
      const flags = `${argument.optional ? '?' : ''}${argument.multiple ? '+' : ''}${argument.multipleToken ? '+' : ''}`;
      const token = argument.token === undefined ? '' : `${argument.token}=`;
      const key = argument.keySpecIndex === undefined ? '' : `#${argument.keySpecIndex}`;
      const inner = argument.arguments.length > 0 ? `(${picture(argument.arguments)})` : '';
      return `${token}${argument.name}:${argument.type}${key}${inner}${flags}`;
    })
    .join(' ');
}

const CASES: readonly (readonly [syntax: string, expected: string])[] = [
  ['', ''],
  ['key', 'key:key#0'],
  ['[message]', 'message:string?'],
  ['source:key destination:key', 'source:key#0 destination:key#1'],
  ['key [key ...]', 'key:key#0+'],
  ['[key ...]', 'key:key#0?+'],
  ['key ...', 'key:key#0+'],
  ['key field value [field value ...]', 'key:key#0 field_value:block(field:string value:string)+'],
  ['key score:double member [score member ...]', 'key:key#0 score_member:block(score:double member:string)+'],
  ['(field value) [(field value) ...]', 'field_value:block(field:string value:string)+'],
  ['[NX | XX] [GET]', 'nx-or-xx:oneof(NX=nx:pure-token XX=xx:pure-token)? GET=get:pure-token?'],
  [
    '[EX seconds:integer | PXAT time:unix-time | KEEPTTL]',
    'seconds-or-time-or-keepttl:oneof(EX=seconds:integer PXAT=time:unix-time KEEPTTL=keepttl:pure-token)?',
  ],
  ['<LEFT | RIGHT>', 'left-or-right:oneof(LEFT=left:pure-token RIGHT=right:pure-token)'],
  ['[LIMIT offset:integer count:integer]', 'LIMIT=offset_count:block(offset:integer count:integer)?'],
  ['[LIMIT limit:integer]', 'LIMIT=limit:integer?'],
  ['[MATCH pattern] [COUNT count:integer]', 'MATCH=pattern:pattern? COUNT=count:integer?'],
  ['[WEIGHTS weight:double [weight ...]]', 'WEIGHTS=weight:double?+'],
  ['[GET pattern [GET pattern ...]]', 'GET=pattern:pattern?++'],
  ['[AGGREGATE <SUM | MIN>]', 'AGGREGATE=sum-or-min:oneof(SUM=sum:pure-token MIN=min:pure-token)?'],
  ['[COUNT count:integer [ANY]]', 'count_any:block(COUNT=count:integer ANY=any:pure-token?)?'],
  [
    '[protover:integer [AUTH username password] [SETNAME name]]',
    'protover_username_password_name:block(protover:integer AUTH=username_password:block(username:string password:string)? SETNAME=name:string?)?',
  ],
  [
    '<FROMMEMBER member | FROMLONLAT longitude:double latitude:double>',
    'member-or-longitude_latitude:oneof(FROMMEMBER=member:string FROMLONLAT=longitude_latitude:block(longitude:double latitude:double))',
  ],
  ['destination:key numkeys:integer key [key ...]', 'destination:key#0 numkeys:integer key:key#1+'],
  ['ip:port:string', 'ip:port:string'],
  ['FIELDS numfields:integer field [field ...]', 'FIELDS=numfields_field:block(numfields:integer field:string+)'],
];

test.each(CASES)('%s', (syntax, expected) => {
  expect(picture(parseSyntax(syntax))).toBe(expected);
});

test('punctuation and quotes are tokens', () => {
  const [id, exactness, empty] = parseSyntax('<* | id> [= | ~] ["" | name]');
  expect(id?.arguments.map((one) => one.token)).toEqual(['*', undefined]);
  expect(exactness?.arguments.map((one) => one.token)).toEqual(['=', '~']);
  expect(empty?.arguments.map((one) => one.token)).toEqual(['""', undefined]);
});

test('what is wrong is told', () => {
  for (const syntax of ['[key', 'key]', '<a | >', 'a | b', '...', 'key:strin', 'na!me', '[a)']) {
    expect(() => parseSyntax(syntax), syntax).toThrow(/command syntax/);
  }
});

test('the same tree is given again', () => {
  expect(parseSyntax('key value')).toBe(parseSyntax('key value'));
});

test('readers see no types', () => {
  expect(readableSyntax('key seconds:integer [LIMIT offset:integer count:integer]')).toBe('key seconds [LIMIT offset count]');
});
