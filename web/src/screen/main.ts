import { createApp } from 'vue';
import '../style/base.css';
import './screen.css';
import { noteError, watchForErrors } from './page_errors';
import ScreenRoot from './ScreenRoot.vue';

watchForErrors();
const app = createApp(ScreenRoot);
app.config.errorHandler = noteError;
app.mount('#app');
