// Parts by themselves; what they do together is tested in a real JupyterLab, in ../tests/browser.
export default {
    moduleNameMapper: {
        '^@jupyterlab/(apputils|ui-components)$': '<rootDir>/tests/stand-ins/$1.ts',
        '\\.svg$': '<rootDir>/tests/stand-ins/svg.ts'
    },
    setupFiles: ['<rootDir>/tests/browser.ts'],
    transform: {
        // Types are checked by `npm run lint`.
        '\\.[jt]s$': [
            'ts-jest',
            {
                diagnostics: false,
                tsconfig: {
                    allowJs: true,
                    esModuleInterop: true,
                    isolatedModules: true,
                    module: 'commonjs',
                    target: 'ES2022'
                }
            }
        ]
    },
    // JupyterLab's packages are modules as browsers know them.
    transformIgnorePatterns: ['/node_modules/(?!@jupyterlab/)'],
    testMatch: ['<rootDir>/tests/**/*.test.ts']
};
