"""The OSV API, https://google.github.io/osv.dev/api/, answered from the advisories that were imported here."""
