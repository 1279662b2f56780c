import { count } from '../../../counted.mjs'

export const dynamic = 'force-dynamic'
export const GET = () => new Response(count())
