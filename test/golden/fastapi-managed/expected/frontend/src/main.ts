import './style.css';
import { setting } from './config.ts';
import { countVisit } from './visits.ts';

function show(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

show('greeting', setting('PUBLIC_GREETING', 'Welcome.'));
show('visits', await countVisit(fetch));
