import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

interface Sensor {
  readonly name: string;
  readonly celsius: number;
}

function App() {
  const [sensors, setSensors] = useState<readonly Sensor[]>([]);
  useEffect(() => {
    fetch('/api/sensors')
      .then((response) => response.json())
      .then(setSensors);
  }, []);
  return (
    <main>
      <h1>{import.meta.env.VITE_TITLE || 'Sensors'}</h1>
      <ul>
        {sensors.map(({ name, celsius }) => (
          <li key={name}>
            {name}: {celsius} °C
          </li>
        ))}
      </ul>
    </main>
  );
}

createRoot(document.getElementById('root') as HTMLElement).render(<App />);
