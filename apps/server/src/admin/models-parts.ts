import type { CatalogAdmin } from '../catalog/create-catalog.ts'
import type { Audit } from './audit.ts'

export interface ModelsRoutesParts {
  readonly catalog: CatalogAdmin
  readonly audit: Audit
}
