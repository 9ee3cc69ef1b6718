'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { YamlDiagnostic } from '#components/code/yaml-diagnostics.ts';
import type { ConfigIssue, PreviewAnswer } from '#server/config/schemas.ts';
import { issueCodes } from '#components/change/issue-words.ts';
import { manifestPreviewQuery } from '../queries.ts';
import { useSettled } from '../use-settled.ts';

/** Typing has to stop this long before the server is asked. */
const PAUSE_MS = 350;

/** A finding, and which of the text's objects it is about, from 0. */
export interface PlacedIssue extends ConfigIssue {
  readonly document: number;
}
export interface ManifestPreview {
  readonly preview: PreviewAnswer | undefined;
  /** Findings about the text as it stands; empty while they are about an older one. */
  readonly issues: readonly PlacedIssue[];
  readonly diagnostics: readonly YamlDiagnostic[];
  readonly checking: boolean;
  /** The findings are about the text as it stands, not about an older one. */
  readonly current: boolean;
  readonly error: Error | null;
}

const NONE: readonly never[] = [];

/** The server's opinion of a text being typed, once typing pauses. */
export function useManifestPreview(text: string): ManifestPreview {
  const settled = useSettled(text, PAUSE_MS);
  const query = useQuery({ ...manifestPreviewQuery(settled), enabled: settled.trim() !== '', placeholderData: keepPreviousData });
  const preview = query.data;
  return useMemo(() => {
    const issues = preview?.objects.flatMap((object, document) => object.issues.map((issue): PlacedIssue => ({ ...issue, document }))) ?? NONE;
    const parsed = preview === undefined || preview.parseErrors.length === 0;
    const single = preview?.objects.length === 1;
    // By path the whole value is marked, but a path is of one document; syntax errors the editor finds itself.
    const diagnostics = parsed ? issues.map((issue): YamlDiagnostic => ({ severity: issue.severity, message: `${issueCodes(issue).map((code) => `${code} `).join('')}${issue.expected === undefined ? issue.message : `${issue.message}. Expected: ${issue.expected}`}`, line: issue.line, column: issue.column, path: single || issue.line === undefined ? issue.path : undefined })) : NONE;
    return { preview, issues, diagnostics, checking: query.isFetching || settled !== text, current: settled === text && !query.isPlaceholderData, error: query.error };
  }, [preview, query.isFetching, query.isPlaceholderData, query.error, settled, text]);
}
