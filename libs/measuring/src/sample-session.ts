/** What every contender keeps in its sessions: one kilobyte of JSON, nested as real sessions are. */
export interface ShopSession {
  user: { id: string; name: string; roles: string[]; address: { street: string; city: string; country: string } };
  basket: { sku: string; title: string; quantity: number; price: number }[];
  preferences: { language: string; currency: string; theme: string; newsletter: boolean; pageSize: number };
  lastSearches: string[];
  visits: number;
}

/** What the route `read` answers with. */
export const CITY = 'Rotterdam';

/** The data of a new session. */
export function sampleSession(): ShopSession {
  return {
    user: {
      id: 'b2c4f0f6-6a0e-4d5e-9d0a-3f1f2a7c9e11',
      name: 'Ann van der Meer',
      roles: ['customer', 'reviewer'],
      address: { street: 'Westzeedijk 341', city: CITY, country: 'NL' },
    },
    basket: [
      { sku: 'BK-1042', title: 'A Pattern Language', quantity: 1, price: 62.5 },
      { sku: 'LP-0007', title: 'Kind of Blue', quantity: 2, price: 24.95 },
      { sku: 'CF-3310', title: 'Filter coffee, one pound', quantity: 3, price: 11.2 },
      { sku: 'PN-2201', title: 'Fountain pen, fine nib', quantity: 1, price: 38 },
      { sku: 'NB-0815', title: 'Notebook, dotted, A5', quantity: 5, price: 7.9 },
      { sku: 'GR-4711', title: 'Hand grinder, steel burrs', quantity: 1, price: 119 },
      { sku: 'TB-0420', title: 'Desk lamp, brass', quantity: 1, price: 84.9 },
    ],
    preferences: { language: 'en', currency: 'EUR', theme: 'dark', newsletter: false, pageSize: 24 },
    lastSearches: [
      'fountain pen ink black waterproof',
      'jazz records 1959',
      'architecture books',
      'coffee grinder hand steel',
      'dotted notebooks A5',
      'desk lamp brass warm light',
    ],
    visits: 1_000_000,
  };
}
