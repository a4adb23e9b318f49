import ends from '../../templates/end-of-life.json' with { type: 'json' };
import { type ImageReference, versionOf } from './image.ts';
import { postgresMajor } from './image-facts.ts';

interface Product {
  readonly title: string;
  readonly repository: RegExp;
  /** The release cycle that a tag follows; undefined where it names none. */
  readonly cycle: (image: ImageReference) => string | undefined;
  /** The last day of support, by cycle. */
  readonly ends: Readonly<Record<string, string>>;
}

const major = (image: ImageReference): string | undefined => versionOf(image.tag)[0]?.toString();
const minor = (image: ImageReference): string | undefined => {
  const [first, second] = versionOf(image.tag);
  // A tag without a minor version follows the newest one.
  return first === undefined || second === undefined ? undefined : `${first}.${second}`;
};

const products: readonly Product[] = [
  {
    title: 'Node.js',
    repository: /^node$/,
    cycle: major,
    ends: ends.node,
  },
  {
    title: 'Python',
    repository: /^python$/,
    cycle: (image) => (major(image) === '2' ? '2.7' : minor(image)),
    ends: ends.python,
  },
  {
    title: 'PHP',
    repository: /^php$/,
    cycle: minor,
    ends: ends.php,
  },
  {
    title: 'PostgreSQL',
    repository: /^(?:postgres|postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb(?:-ha)?)$/,
    cycle: (image) => postgresMajor(image)?.toString(),
    ends: ends.postgres,
  },
  {
    title: 'MySQL',
    repository: /^mysql$/,
    cycle: minor,
    ends: ends.mysql,
  },
  {
    title: 'MariaDB',
    repository: /^mariadb$/,
    cycle: minor,
    ends: ends.mariadb,
  },
  {
    title: '.NET',
    repository: /^dotnet\/(?:core\/)?(?:sdk|aspnet|runtime|runtime-deps)$/,
    cycle: (image) => (Number(major(image)) < 5 ? minor(image) : major(image)),
    ends: ends.dotnet,
  },
  {
    title: 'MongoDB',
    repository: /^mongo$/,
    cycle: minor,
    ends: ends.mongo,
  },
];

/** Repositories that get no releases any more. */
const abandoned: readonly { readonly repository: RegExp; readonly says: string }[] = [
  {
    repository: /^minio\/minio$/,
    says: 'the community edition of MinIO is no longer maintained since 2026-02-12; SeaweedFS, Garage and RustFS are',
  },
  {
    repository: /^grafana\/promtail$/,
    says: 'Promtail is end of life since 2026-03-02; Grafana Alloy follows it',
  },
  {
    repository: /^bitnamilegacy\//,
    says: 'bitnamilegacy gets no updates; take the official image of the program',
  },
  {
    repository: /^tiangolo\/(?:uvicorn-gunicorn|meinheld-gunicorn)/,
    says: 'the image is deprecated; build on the official python image',
  },
];

/** Why an image should not be used any more, if so: a clause. */
export function endOfLifeOf(image: ImageReference, today: string = ends.asOf): string | undefined {
  const gone = abandoned.find((one) => one.repository.test(image.repository));
  if (gone) return gone.says;
  const product = products.find((one) => one.repository.test(image.repository));
  const cycle = product?.cycle(image);
  const end = cycle === undefined ? undefined : product?.ends[cycle];
  return product && end !== undefined && end <= today
    ? `${product.title} ${cycle} is end of life since ${end}`
    : undefined;
}
