import { type ImageReference, versionOf } from './image.ts';
import { postgresMajor } from './image-facts.ts';

/** The day when these tables were last compared with endoflife.date. */
const asOf = '2026-11-20';

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
    ends: {
      10: '2021-04-30',
      12: '2022-04-30',
      14: '2023-04-30',
      15: '2021-06-01',
      16: '2023-09-11',
      17: '2022-06-01',
      18: '2025-04-30',
      19: '2023-06-01',
      20: '2026-04-30',
      21: '2024-06-01',
      22: '2027-04-30',
      23: '2025-06-01',
      24: '2028-04-30',
      25: '2026-06-01',
      26: '2029-04-30',
    },
  },
  {
    title: 'Python',
    repository: /^python$/,
    cycle: (image) => (major(image) === '2' ? '2.7' : minor(image)),
    ends: {
      '2.7': '2020-01-01',
      '3.5': '2020-09-30',
      '3.6': '2021-12-23',
      '3.7': '2023-06-27',
      '3.8': '2024-10-07',
      '3.9': '2025-10-31',
      '3.10': '2026-10-31',
      '3.11': '2027-10-31',
      '3.12': '2028-10-31',
      '3.13': '2029-10-31',
      '3.14': '2030-10-31',
    },
  },
  {
    title: 'PHP',
    repository: /^php$/,
    cycle: minor,
    ends: {
      '7.0': '2019-01-10',
      '7.1': '2019-12-01',
      '7.2': '2020-11-30',
      '7.3': '2021-12-06',
      '7.4': '2022-11-28',
      '8.0': '2023-11-26',
      '8.1': '2025-12-31',
      '8.2': '2026-12-31',
      '8.3': '2027-12-31',
      '8.4': '2028-12-31',
      '8.5': '2029-12-31',
    },
  },
  {
    title: 'PostgreSQL',
    repository: /^(?:postgres|postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb(?:-ha)?)$/,
    cycle: (image) => postgresMajor(image)?.toString(),
    ends: {
      9: '2021-11-11',
      10: '2022-11-10',
      11: '2023-11-09',
      12: '2024-11-21',
      13: '2025-11-13',
      14: '2026-11-12',
      15: '2027-11-11',
      16: '2028-11-09',
      17: '2029-11-08',
      18: '2030-11-14',
    },
  },
  {
    title: 'MySQL',
    repository: /^mysql$/,
    cycle: minor,
    ends: { '5.5': '2018-12-31', '5.6': '2021-02-28', '5.7': '2023-10-31', '8.0': '2026-04-30', '8.4': '2032-04-30' },
  },
  {
    title: 'MongoDB',
    repository: /^mongo$/,
    cycle: minor,
    ends: {
      '4.2': '2023-04-30',
      '4.4': '2024-02-29',
      '5.0': '2024-10-31',
      '6.0': '2025-07-31',
      '7.0': '2027-08-31',
      '8.0': '2029-10-31',
    },
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
export function endOfLifeOf(image: ImageReference, today = asOf): string | undefined {
  const gone = abandoned.find((one) => one.repository.test(image.repository));
  if (gone) return gone.says;
  const product = products.find((one) => one.repository.test(image.repository));
  const cycle = product?.cycle(image);
  const end = cycle === undefined ? undefined : product?.ends[cycle];
  return product && end !== undefined && end <= today
    ? `${product.title} ${cycle} is end of life since ${end}`
    : undefined;
}
