import jupyter from '@jupyter/eslint-plugin';
import tseslint from 'typescript-eslint';

export default tseslint.config(
    { ignores: ['lib', 'node_modules'] },
    {
        files: ['**/*.ts'],
        extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
        languageOptions: { parserOptions: { project: './tsconfig.test.json' } },
        plugins: { jupyter },
        rules: {
            ...jupyter.configs.recommended.rules,
            // JupyterLab's own habit for interfaces is an I in front.
            '@typescript-eslint/naming-convention': [
                'error',
                { selector: 'interface', format: ['PascalCase'], prefix: ['I'] }
            ],
            // Lumino's signals take a method and its `this` apart.
            '@typescript-eslint/unbound-method': 'off',
            '@typescript-eslint/explicit-function-return-type': [
                'error',
                { allowExpressions: true }
            ]
        }
    }
);
