import { currency } from '@acme/catalogue';

export default function Page() {
  return <a href={process.env.NEXT_PUBLIC_SUPPORT_URL ?? '/support'}>Prices in {currency}</a>;
}
