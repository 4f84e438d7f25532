import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { functionIn } from './cloudformation-template.ts';

const specification = loadAwsServiceSpecSync();

type ResourceType = NonNullable<ReturnType<typeof findType>>;
type Property = ResourceType['properties'][string];
type PropertyType = Property['type'];

function findType(name: string) {
  return specification.lookup('resource', 'cloudFormationType', 'equals', name)[0];
}

/** What is wrong with the properties of a resource, by AWS's own description of its type. */
export function problemsOf(type: string, properties: Readonly<Record<string, unknown>> = {}): string[] {
  const resource = findType(type);
  if (resource === undefined) return [`${type} is not a type of a resource`];
  return problemsOfObject(type, properties, resource.properties);
}

/** Whether `!GetAtt` may ask this of the type. */
export function hasAttribute(type: string, attribute: string): boolean {
  return Object.hasOwn(findType(type)?.attributes ?? {}, attribute);
}

/** The same object with keys as CloudFormation writes them: ECS's own begin with a small letter. Keys of a map are left alone. */
export function capitalised(type: string, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return capitalisedObject(value, findType(type)?.properties ?? {});
}

function capitalisedObject(value: object, properties: Readonly<Record<string, Property>>): Record<string, unknown> {
  const entries = Object.entries(value).map(([name, item]) => {
    const key = name.charAt(0).toUpperCase() + name.slice(1);
    return [key, capitalisedValue(item, properties[key]?.type)];
  });
  return Object.fromEntries(entries);
}

function capitalisedValue(value: unknown, type: PropertyType | undefined): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => capitalisedValue(item, type?.type === 'array' ? type.element : undefined));
  }
  if (type?.type !== 'ref' || typeof value !== 'object' || value === null) return value;
  return capitalisedObject(value, specification.get('typeDefinition', type.reference.$ref).properties);
}

function problemsOfObject(path: string, value: object, properties: Readonly<Record<string, Property>>): string[] {
  const missing = Object.entries(properties).filter(
    ([name, { required }]) => required === true && !Object.hasOwn(value, name),
  );
  return [
    ...missing.map(([name]) => `${path}: ${name} is missing`),
    ...Object.entries(value).flatMap(([name, item]) => {
      const property = properties[name];
      return property === undefined
        ? [`${path}: ${name} is not known`]
        : problemsOfValue(`${path}.${name}`, item, property.type);
    }),
  ];
}

function problemsOfValue(path: string, value: unknown, type: PropertyType): string[] {
  if (functionIn(value) !== undefined) return [];
  switch (type.type) {
    case 'array':
      if (!Array.isArray(value)) return [`${path} is not a list`];
      return value.flatMap((item, index) => problemsOfValue(`${path}[${index}]`, item, type.element));
    case 'map':
      if (!isObject(value)) return [`${path} is not a map`];
      return Object.entries(value).flatMap(([name, item]) => problemsOfValue(`${path}.${name}`, item, type.element));
    case 'ref':
      if (!isObject(value)) return [`${path} is not an object`];
      return problemsOfObject(path, value, specification.get('typeDefinition', type.reference.$ref).properties);
    case 'union':
      return type.types.some((one) => problemsOfValue(path, value, one).length === 0)
        ? []
        : [`${path} is of another type`];
    default:
      return isScalar(value, type) ? [] : [`${path} is not a ${type.type}`];
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown, type: PropertyType): boolean {
  if (type.type === 'integer') return Number.isInteger(value);
  if (type.type === 'string' || type.type === 'number' || type.type === 'boolean') return typeof value === type.type;
  return true;
}
