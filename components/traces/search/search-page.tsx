'use client';

import { ListFilter } from 'lucide-react';
import { useState } from 'react';
import { Page } from '#components/shell/page.tsx';
import { TracesTabs } from '#components/traces/traffic/traces-tabs.tsx';
import { Button } from '#components/ui/button.tsx';
import { Drawer } from '#components/ui/drawer.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { FacetsPanel } from './facets-panel.tsx';
import { HeatPanel } from './heat-panel.tsx';
import { useImport } from './import-zone.tsx';
import { IngestButton } from './ingest-panel.tsx';
import { MetricsPanel } from './metrics-panel.tsx';
import { QueryBar } from './query-bar.tsx';
import { ResultsPanel } from './results-panel.tsx';
import { useSearch } from './use-search.ts';

/** `/traces`: find traces by what happened in them. */
export function TraceSearchPage() {
  const search = useSearch();
  const files = useImport();
  const [filters, setFilters] = useState(false);
  const measures = search.query?.metrics !== undefined;
  return (
    <Page
      crumbs={[{ label: 'Traces' }]}
      badge={<TracesTabs crowded />}
      namespaces={false}
      fill
      toolbar={<QueryBar search={search} />}
      actions={
        <>
          {!measures && search.fault === undefined && (
            <Button variant="ghost" icon={<ListFilter />} onClick={() => setFilters(true)} className="lg:hidden">
              Filters
            </Button>
          )}
          <IngestButton />
          {files.button}
        </>
      }
    >
      <div className="relative flex min-h-0 flex-1" {...files.dropProps}>
        {!measures && search.fault === undefined && (
          <aside aria-label="Filters" className="w-60 shrink-0 overflow-y-auto border-r border-line max-lg:hidden">
            <FacetsPanel search={search} />
          </aside>
        )}
        <div className="min-w-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex max-w-[1680px] min-w-0 flex-col gap-3 p-4">
            {measures ? (
              <MetricsPanel search={search} />
            ) : search.fault !== undefined ? (
              <EmptyState
                title="The query cannot be read"
                hint={
                  <>
                    It is understood as far as <code>{search.state.q.slice(0, search.fault.from).trim().slice(-48) || 'its start'}</code>. Correct what follows; the question mark explains the language.
                  </>
                }
                action={<Button onClick={() => search.run('')}>Clear the query</Button>}
              />
            ) : (
              <>
                <HeatPanel search={search} />
                <ResultsPanel search={search} />
              </>
            )}
          </div>
        </div>
        {files.overlay}
      </div>
      <Drawer open={filters} onOpenChange={setFilters} title="Filters">
        <FacetsPanel search={search} />
      </Drawer>
    </Page>
  );
}
