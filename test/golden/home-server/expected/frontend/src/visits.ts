/** Counts this visit in the backend, and says how many there were. */
export async function countVisit(ask: typeof fetch): Promise<string> {
  try {
    const response = await ask('/api/', { headers: { accept: 'application/json' } });
    if (!response.ok) return `Visits: unknown (${response.status})`;
    const { visits }: { visits: number } = await response.json();
    return `Visits: ${visits}`;
  } catch {
    return 'Visits: unknown (no answer)';
  }
}
