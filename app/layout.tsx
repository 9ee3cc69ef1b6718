import type { Metadata, Viewport } from 'next';
import localFont from 'next/font/local';
import type { ReactNode } from 'react';
import { PREFERENCE_SCRIPT } from '#components/shell/preference-script.ts';
import './globals.css';

const geist = localFont({ src: '../node_modules/@fontsource-variable/geist/files/geist-latin-wght-normal.woff2', variable: '--font-geist', weight: '100 900', display: 'swap' });
const geistMono = localFont({ src: '../node_modules/@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2', variable: '--font-geist-mono', weight: '100 900', display: 'swap', preload: false });

export const metadata: Metadata = {
  title: { default: 'Binnacle', template: '%s · Binnacle' },
  description: 'See and steer the service mesh.',
  robots: { index: false },
};

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: 'white' },
    { media: '(prefers-color-scheme: dark)', color: 'black' },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    // The script below sets the theme on this element before React sees it.
    <html lang="en" className={`${geist.variable} ${geistMono.variable}`} suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: PREFERENCE_SCRIPT }} />
      </head>
      <body>{children}</body>
    </html>
  );
}
