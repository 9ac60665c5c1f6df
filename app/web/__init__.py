"""How anything is shown or answered: pages, forms, problems, security headers, languages.

Front door: `pages`, `forms`, `i18n`, `desk`, `health`. Knows no domain.
"""
