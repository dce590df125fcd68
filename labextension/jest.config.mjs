// Only what needs no JupyterLab around it; the rest is tested in a real one, in ../tests/browser.
export default {
    transform: {
        // Types are checked by `npm run lint`.
        '\\.ts$': [
            'ts-jest',
            { diagnostics: false, tsconfig: { module: 'commonjs', target: 'ES2022' } }
        ]
    },
    testMatch: ['<rootDir>/tests/**/*.test.ts']
};
