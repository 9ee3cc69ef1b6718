import type { NextConfig } from 'next';

// Read by Next.js when it sets its telemetry up: nothing leaves this machine.
process.env['NEXT_TELEMETRY_DISABLED'] = '1';

const config: NextConfig = {
  poweredByHeader: false,
  // The console's server, which forwards pages, compresses; twice would only cost.
  compress: false,
  reactStrictMode: true,
  devIndicators: false,
  agentRules: false,
  // The same files are checked by `tsc` in `npm test`; checking them again would double the build.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: import.meta.dirname },
  // In development the page is reached through the console's server on this name.
  allowedDevOrigins: ['127.0.0.1'],
};

export default config;
